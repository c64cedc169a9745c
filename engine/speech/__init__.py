"""What callers hear: sound brought to a telephone's form, texts spoken offline, the sounds a PBX is to have.

    sound     samples, levels, the telephone's own coding
    wav       the WAV files people bring
    bringing  an upload, whatever it is, as a prompt; refused with words
    voice     a text spoken by the packaged voices (Festival)
    library   which sounds a PBX is to have, and putting them there
    shipped   those that come with Okno: their texts and how they are made
"""
