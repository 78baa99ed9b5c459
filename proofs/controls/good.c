/*
 * A function that is proved: all gates let it pass.
 * Proved: f
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == x + 1;
  @*/
int f(int x)
{
    return x + 1;
}
