/*
 * A run that does not ask whether functions end.
 * Proved: f
 * Without: -wp-definitions-terminate
 * Gates: flags
 */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
