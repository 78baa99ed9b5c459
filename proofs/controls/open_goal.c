/*
 * A contract that the body does not keep.
 * Proved: f
 * Gates: goal, property
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == x + 2;
  @*/
int f(int x)
{
    return x + 1;
}
