/*
 * A wrong contract with forged verdicts: a replay believes them, a cold run does not read them.
 * Proved: f
 * Forge: yes
 * Gates: goal, property
 */
/*@ requires 0 <= x < 100;
  @ assigns \nothing;
  @ ensures \result == x + 2;
  @*/
int f(int x)
{
    return x + 1;
}
