/*
 * A read behind the end, in a run told not to look at memory.
 * Proved: f
 * With: -rte-no-mem
 * Gates: flags, warning
 */
/*@ requires \valid_read(p);
  @ assigns \nothing;
  @ ensures \result == p[1];
  @*/
int f(const int *p)
{
    return p[1];
}
