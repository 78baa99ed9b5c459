/*
 * An axiom that is false.
 * Proved: f
 * Gates: words
 */
/*@ axiomatic Wrong {
  @     axiom wrong: 1 == 2;
  @ }
  @*/
/*@ assigns \nothing;
  @ ensures \result == 1;
  @*/
int f(void)
{
    return 2;
}
