/*
 * Two logic definitions that lead back to each other.
 * Proved: f
 * Gates: recursion
 */
/*@ predicate even(integer x) = x == 0 || !even(x - 1); */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
