/*
 * A loop made of a jump.
 * Proved: f
 * Gates: goal, loop, property, warning
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == 100;
  @*/
int f(int x)
{
again:
    x++;
    if (x < 100)
        goto again;
    return x;
}
