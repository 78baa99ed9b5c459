/*
 * The same, hidden by a macro.
 * Proved: f
 * Gates: words, property
 */
#define KNOWN admit
/*@ assigns \nothing;
  @ ensures \result == 1;
  @*/
int f(void)
{
    //@ KNOWN \false;
    return 2;
}
