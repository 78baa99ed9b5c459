/* A hint to the processor that bytes will be read soon. Any address will do: a wrong one costs time at most. */
#ifndef QUIRE_FILE_PREFETCH_H
#define QUIRE_FILE_PREFETCH_H

static inline void prefetch(const void *bytes)
{
#ifdef __GNUC__
    __builtin_prefetch(bytes);
#else
    (void)bytes;
#endif
}

#endif
