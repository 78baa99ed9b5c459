/*
 * A run told to leave a part out.
 * Proved: f
 * With: -wp-prop=-wrong
 * Gates: flags, property
 */
/*@ assigns \nothing;
  @ ensures wrong: \result == 3;
  @*/
int f(void)
{
    return 2;
}
