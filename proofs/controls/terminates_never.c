/*
 * A contract that takes back the promise to end.
 * Proved: f
 * Gates: words, loop
 */
/*@ terminates \false;
  @ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    int i = 0;
    //@ loop assigns \nothing;
    while (1)
        ;
    return i;
}
