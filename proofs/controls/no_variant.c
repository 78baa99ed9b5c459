/*
 * A loop without a variant.
 * Proved: f
 * Gates: goal, loop, property
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == 100;
  @*/
int f(int x)
{
    /*@ loop invariant range: x <= 100;
      @ loop assigns x;
      @*/
    while (x < 100)
        x++;
    return x;
}
