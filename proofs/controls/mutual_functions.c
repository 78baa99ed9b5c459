/*
 * Two functions that call each other for ever.
 * Proved: f g
 * Gates: goal, property, recursion, warning
 */
/*@ assigns \nothing;
  @ ensures \result == 7;
  @*/
int g(int x);

/*@ assigns \nothing;
  @ ensures \result == 7;
  @*/
int f(int x)
{
    return g(x);
}

int g(int x)
{
    return f(x);
}
