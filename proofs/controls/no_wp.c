/*
 * An assertion that WP is told to leave out.
 * Proved: f
 * Gates: words, property
 */
/*@ assigns \nothing;
  @ ensures \result == 1;
  @*/
int f(void)
{
    //@ assert no_wp: 1 == 2;
    return 2;
}
