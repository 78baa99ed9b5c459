/*
 * A loop that does not say what it assigns.
 * Proved: f
 * Gates: goal, loop, property, warning
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == 100;
  @*/
int f(int x)
{
    /*@ loop invariant range: x <= 100;
      @ loop variant 100 - x;
      @*/
    while (x < 100)
        x++;
    return x;
}
