/*
 * A logic definition that contradicts itself.
 * Proved: f
 * Gates: recursion
 */
/*@ logic integer wrong(integer x) = 1 + wrong(x); */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
