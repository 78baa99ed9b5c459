/*
 * A contract without a promise, not marked so in functions.txt.
 * Proved: f
 * Gates: contract
 */
/*@ assigns \nothing;
  @*/
int f(void)
{
    return 2;
}
