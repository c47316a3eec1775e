"""Where do observations come from, and how is each source read?"""
