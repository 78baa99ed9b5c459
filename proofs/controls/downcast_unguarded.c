/*
 * A cast that loses bits, in a run that does not look for it.
 * Proved: f
 * Without: -warn-unsigned-downcast
 * Gates: flags
 */
/*@ assigns \nothing;
  @ ensures \result == (unsigned char)x;
  @*/
unsigned char f(unsigned x)
{
    return (unsigned char)x;
}
