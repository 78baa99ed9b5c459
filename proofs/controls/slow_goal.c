/*
 * A goal that takes longer than it may.
 * Proved: f
 * Bound: 0.0005
 * Gates: time
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result >= 0;
  @*/
int f(int x)
{
    return x * x;
}
