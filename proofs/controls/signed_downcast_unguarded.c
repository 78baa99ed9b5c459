/*
 * A cast of a signed number that loses bits, in a run that does not look for it.
 * Proved: f
 * Without: -warn-signed-downcast
 * Gates: flags
 */
/*@ assigns \nothing;
  @ ensures \result == (signed char)x;
  @*/
signed char f(int x)
{
    return (signed char)x;
}
