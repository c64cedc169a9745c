"""The PBX's own journal: what it wrote to disk, as calls.

Asterisk keeps two files: CEL (what became of each channel) and queue_log (what became of callers in queues). `tail`
reads whole records wherever rotation has put them; `cel` and `queue_log` read one record; `facts` makes of both the
facts that AMI would have told; `tracker` builds calls of them, alone, by the rules of the live engine; `reading` is
the door: parts of the files in, calls that have ended out.
"""
