/*
 * A block of declarations that nothing defines, without an axiom in it.
 * Proved: f
 * Gates: words
 */
/*@ axiomatic Wrong {
  @     logic integer undefined_number(integer x);
  @ }
  @*/
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
