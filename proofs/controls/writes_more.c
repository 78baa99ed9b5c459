/*
 * A write that the contract does not name.
 * Proved: f
 * Gates: goal, property
 */
/*@ requires \valid(p + (0 .. 1));
  @ assigns p[0];
  @ ensures p[0] == 1;
  @*/
void f(int *p)
{
    p[0] = 1;
    p[1] = 1;
}
