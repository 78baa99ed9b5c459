/*
 * A call that does not keep what the callee requires.
 * Proved: f g
 * Gates: goal, property
 */
/*@ requires 0 < x < 100;
  @ assigns \nothing;
  @ ensures \result == x - 1;
  @*/
int g(int x)
{
    return x - 1;
}

/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == x - 1;
  @*/
int f(int x)
{
    return g(x);
}
