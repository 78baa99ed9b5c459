/*
 * An assumption in the body.
 * Proved: f
 * Gates: words, property
 */
/*@ assigns \nothing;
  @ ensures \result == 1;
  @*/
int f(void)
{
    //@ admit \false;
    return 2;
}
