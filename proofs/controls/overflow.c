/*
 * Unsigned arithmetic that wraps.
 * Proved: f
 * Gates: goal, property
 */
/*@ assigns \nothing;
  @ ensures \result == (unsigned)(x + 1u);
  @*/
unsigned f(unsigned x)
{
    return x + 1u;
}
