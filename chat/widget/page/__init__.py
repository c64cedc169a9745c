"""The widget's pages: the script, the frame and its files, when somebody answers, the site of the demo clinic."""
