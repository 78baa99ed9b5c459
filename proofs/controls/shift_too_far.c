/*
 * A shift by more than the width.
 * Proved: f
 * Gates: goal, property
 */
/*@ requires by <= 40;
  @ assigns \nothing;
  @ ensures \result == \result;
  @*/
unsigned f(unsigned by)
{
    return 1u >> by;
}
