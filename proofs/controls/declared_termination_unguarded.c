/*
 * A run that does not ask whether functions that are only declared end.
 * Proved: f
 * Without: -wp-declarations-terminate
 * Gates: flags
 */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
