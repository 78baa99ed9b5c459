/*
 * A lemma beside the function instead of in a file of lemmas, where it would have to be proved.
 * Proved: f
 * Gates: words
 */
/*@ lemma wrong: \forall integer x; x * x == x; */
/*@ assigns \nothing;
  @ ensures \result == 4;
  @*/
int f(void)
{
    return 2;
}
