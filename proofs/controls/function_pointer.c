/*
 * A call through a pointer: nobody knows what is called.
 * Proved: f
 * Gates: callee, goal, property, warning
 */
/*@ assigns \nothing;
  @ ensures \result == 1;
  @*/
int f(int (*call)(void))
{
    return (*call)();
}
