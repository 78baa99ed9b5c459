/*
 * The same, in a run that does not look for it.
 * Proved: f
 * Without: -warn-unsigned-overflow
 * Gates: flags
 */
/*@ assigns \nothing;
  @ ensures \result == (unsigned)(x + 1u);
  @*/
unsigned f(unsigned x)
{
    return x + 1u;
}
