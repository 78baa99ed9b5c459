/*
 * A contract that does not say what is assigned.
 * Proved: f
 * Gates: contract, warning
 */
/*@ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
