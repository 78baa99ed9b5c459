/*
 * A function that calls itself for ever.
 * Proved: f
 * Gates: goal, property, recursion, warning
 */
/*@ assigns \nothing;
  @ ensures \result == 7;
  @*/
int f(int x)
{
    return f(x);
}
