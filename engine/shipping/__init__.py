"""Beside a PBX: reads its journal and sends it to the leading engine, whatever becomes of either (P1).

    places    where the files are
    memory    how far the engine has confirmed, kept beside the PBX
    shipper   reads, sends, goes on where the engine says
    checking  `okno journal check`
"""
