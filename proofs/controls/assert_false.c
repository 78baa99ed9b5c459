/*
 * An assertion that cannot hold, where nothing leads.
 * Proved: f
 * Gates: words
 */
/*@ requires x > 0;
  @ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(int x)
{
    if (x < 0) {
        //@ assert unreachable: \false;
    }
    return 2;
}
