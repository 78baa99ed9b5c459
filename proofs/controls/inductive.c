/*
 * An inductive predicate, whose rules nobody has shown to make sense.
 * Proved: f
 * Gates: words
 */
/*@ inductive wrong(integer x) {
  @     case start: wrong(0);
  @     case step: \forall integer x; wrong(x) ==> wrong(x + 1);
  @ }
  @*/
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
