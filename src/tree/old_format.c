/* The answer of a build without the archive to a page of the past: its one canonical message. */
#include "edit.h"

quire_status old_format(struct view *view)
{
    return fault_set(view->fault, QUIRE_OLD_FORMAT,
                     "this leaf has an old record or slot format, which this build leaves out; "
                     "upgrade the tree with a build that has it");
}
