/*
 * A read one behind the end.
 * Proved: f
 * Gates: goal, property
 */
/*@ requires \valid_read(p + (0 .. size - 1)) && size > 0;
  @ assigns \nothing;
  @ ensures \result == p[size];
  @*/
int f(const int *p, unsigned size)
{
    return p[size];
}
