/*
 * A run without the guards against run-time errors.
 * Proved: f
 * Gates: flags, warning
 * Without: -wp-rte
 */
/*@ requires x < 2147483647;
  @ assigns \nothing;
  @ ensures \result == x + 1;
  @*/
int f(int x)
{
    return x + 1;
}
