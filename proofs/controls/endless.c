/*
 * A loop that never ends, and promises everything.
 * Proved: f
 * Gates: goal, loop, property
 */
/*@ assigns \nothing;
  @ ensures \false;
  @*/
int f(void)
{
    int i = 0;
    //@ loop assigns \nothing;
    while (1)
        ;
    return i;
}
