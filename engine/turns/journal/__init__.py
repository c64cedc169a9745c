"""The PBXs' journals in the leading engine: parts come in, what they tell goes to the loop, what is settled is kept.

    keeping   one desk a PBX: its reader, in the order of the files, in slices that hold nobody up
    telling   calls that ended, told to the loop, looked up in the history, settled by a commit
    clocks    what to add to a PBX's times to get ours
"""
