/* Files of nodes and edges for graph_import: whole ones, and ones with rows that cannot be taken. */
#include "seeds.h"

#include <string.h>

static void write_import(const char *name, size_t flags, size_t batch, const char *nodes, const char *edges)
{
    static struct seed seed;
    seed_start(&seed);
    seed_u8(&seed, flags);
    seed_u8(&seed, batch);
    seed_u16(&seed, strlen(nodes));
    seed_bytes(&seed, nodes, strlen(nodes));
    seed_bytes(&seed, edges, strlen(edges));
    seed_write(&seed, "graph_import", "%s", name);
}

void import_seeds(void)
{
    write_import("small", 0, 0, ":id,:labels\na,L\nb,L;M\nc,\n", ":source,:target,:type\na,b,T\nb,c,T\nc,c,U\n");
    write_import("every-type", 0, 3,
                 ":id,n:null,b:bool,i:int,d:double,t:datetime,s:string,x:bytes\n"
                 "1,null,true,-9223372036854775808,1e-300,1970-01-01T00:00:00Z,text,00ff\n"
                 "2,,false,0,nan:7ff8000000000001,+294247-01-10T04:00:54.775807Z,\"\",\"\"\n"
                 "3,null,,9223372036854775807,-inf,-290308-12-21T19:59:05.224192Z,\"two\nlines\",\n",
                 ":source,:target,:type,w:double\n1,2,T,0.1\n1,2,T,0.1\n3,3,T,\n");
    write_import("tabs-and-dos", 1, 1, ":id\t:labels\tp\r\na\tL\tx,y\r\nb\t\"L\tM\"\t\r\n",
                 ":source\t:target\t:type\r\na\tb\tT\r\n");
    write_import("bad-rows", 4, 2,
                 ":id,:labels,i:int\na,L,1\nb,L,many\na,L,3\n,L,4\nc,L\nd,\\;;\\\\,5\ne\"f,L,6\n\"g\"h,L,7\n",
                 ":source,:target,:type\na,b,T\na,d,T\nd,a,\nd,a,T\n");
    write_import("open-quote", 2, 4, ":id\na\nb\n", ":source,:target,:type\na,b,T\nb,\"a,T\nb,a,T\n");
    write_import(
        "trusted-small-pages", 6, 15,
        ":id,:labels,p\nn1,L,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
        "n2,L,b\nn3,M,c\nn4,M,d\n",
        ":source,:target,:type,p\nn1,n2,T,x\nn2,n1,T,y\nn3,n4,U,z\nn4,n4,U,\n");
    write_import("odd-headers", 0, 0, ":id,a:b:int,\"x,y\":string\nk,1,two\n",
                 ":source,:target,:type,:id:int\nk,k,T,1\n");
    write_import("no-edges-header", 0, 0, ":id\na\n", "");
}
