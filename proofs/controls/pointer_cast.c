/*
 * An object read as one of another type, which the model of memory does not follow.
 * Proved: f
 * Gates: goal, property, warning
 */
/*@ requires \valid_read(p);
  @ assigns \nothing;
  @ ensures \result == 0;
  @*/
unsigned f(const unsigned char *p)
{
    return *(const unsigned *)p;
}
