/*
 * A cast that loses bits.
 * Proved: f
 * Gates: goal, property
 */
/*@ assigns \nothing;
  @ ensures \result == (unsigned char)x;
  @*/
unsigned char f(unsigned x)
{
    return (unsigned char)x;
}
