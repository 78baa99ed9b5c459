/*
 * A contract whose demands contradict each other.
 * Proved: f
 * Smoke: yes
 * Gates: vacuous
 */
/*@ requires x > 5 && x < 3;
  @ assigns \nothing;
  @ ensures \result == x + 2;
  @*/
int f(int x)
{
    return x + 1;
}
