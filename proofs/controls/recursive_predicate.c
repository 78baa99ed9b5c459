/*
 * A predicate that is what it is not.
 * Proved: f
 * Gates: recursion
 */
/*@ predicate wrong(integer x) = !wrong(x); */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
