/* SPDX-License-Identifier: MIT */
/* What is the same in each HTML page of a recording: its look, and the player. */
#pragma once

/* Takes the title twice, a sentence on the part that is shown, one on the end: escaped. */
#define FLATLINE_RECORDING_PAGE_HEAD                                                                                   \
  "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"                                                              \
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "             \
  "script-src 'unsafe-inline'\"><title>%s</title><style>"                                                              \
  "body{font:15px/1.4 system-ui,sans-serif;margin:0;color:#222;background:#fff;display:flex;flex-direction:column;"    \
  "height:100vh}header,nav{padding:.4em 1em}h1{font:600 1em monospace;margin:0}.dim{color:#777}"                       \
  "nav input{width:100%%}main{flex:1;display:flex;min-height:0}"                                                       \
  "#source{flex:3;overflow:auto;margin:0;padding:.5em 0;font:13px/1.45 monospace;counter-reset:line}"                  \
  "#source div{white-space:pre;padding-right:1em}#source div:before{counter-increment:line;content:counter(line);"     \
  "display:inline-block;width:4em;text-align:right;margin-right:1em;color:#999}.here{background:#fbe3e4}"              \
  "aside{flex:2;overflow:auto;border-left:1px solid #8884;padding:.5em 1em}td{font:13px monospace;padding:.1em .8em "  \
  ".1em 0;vertical-align:top;overflow-wrap:anywhere}tr.new td{background:#fff3c4}tr[data-name]{cursor:pointer}"        \
  "ol{padding-left:1.5em}li{cursor:pointer;font:13px monospace}li.on{font-weight:bold}"                                \
  "@media(prefers-color-scheme:dark){body{color:#ddd;background:#1e1e1e}.here{background:#5a2a2c}"                     \
  "tr.new td{background:#4a4018}}</style></head><body><header><h1>%s</h1><span class=\"dim\">%s %s</span></header>"    \
  "<nav><input type=\"range\" id=\"slider\"><div id=\"buttons\"></div><div id=\"what\"></div></nav>"                   \
  "<main><pre id=\"source\"></pre><aside><table id=\"variables\"></table><p class=\"dim\" id=\"hint\"></p>"            \
  "<ol id=\"stack\"></ol></aside></main>\n<script type=\"application/json\" id=\"data\">"

#define FLATLINE_RECORDING_PAGE_TAIL                                                                                   \
  "</script>\n<script>\n"                                                                                              \
  "'use strict';\n"                                                                                                    \
  "const "                                                                                                             \
  "D=JSON.parse(document.getElementById('data').textContent),E=D.events,C=D.changes,$=i=>document.getElementById(i);"  \
  "\n"                                                                                                                 \
  "const KINDS=['call','resume','line','exception','return','yield','unwind'];\n"                                      \
  "let at=D.first,shown=-1,file='';\n"                                                                                 \
  "function locals(e){const found=new Map();for(let c=E[e][5];c>=0;c=C[c][0])if(!found.has(C[c][1]))"                  \
  "found.set(C[c][1],C[c][2]);return [...found].filter(v=>v[1]).reverse();}\n"                                         \
  "function stack(e){const s=[];for(;e>=0&&s.length<300;){s.push(e);const k=E[e][0];"                                  \
  "e=k<2?E[e][4]:(E[e][4]>=0?E[E[e][4]][4]:-1);}return s;}\n"                                                          \
  "function el(n,t,c){const x=document.createElement(n);x.textContent=t;if(c)x.className=c;return x;}\n"               \
  "function showSource(f,l){if(f!==file){file=f;const s=$('source');s.textContent='';"                                 \
  "const t=D.sources[f];if(t===undefined)s.append(el('p',D.words['no-source']));else for(const r of t.split('\\n'))"   \
  "s.append(el('div',r));}for(const x of document.querySelectorAll('.here'))x.className='';"                           \
  "const "                                                                                                             \
  "r=$('source').children[l-1];if(r&&r.tagName==='DIV'){r.className='here';r.scrollIntoView({block:'center'});}}\n"    \
  "function frame(e){shown=e;const c=D.codes[E[e][2]];showSource(c[0],E[e][6]);const "                                 \
  "t=$('variables');t.textContent='';"                                                                                 \
  "const b=E[e][9]>=0?new Map(locals(E[e][9])):new Map();"                                                             \
  "const add=(n,v,k,p)=>{const r=el('tr','',k);r.append(el('td',n),el('td',v[1]),el('td',v[0],'dim'));"                \
  "if(p){r.dataset.name=p;r.onclick=()=>change(p);}t.append(r);"                                                       \
  "for(const a of v.slice(2))t.append((()=>{const "                                                                    \
  "q=el('tr','');q.append(el('td','\\u00a0\\u00a0'+n+'.'+a[0]),el('td',a[1]));return q;})());};\n"                     \
  "if(e===at&&E[e].length>10)add('('+D.words[KINDS[E[e][0]]]+')',E[e][10],'new');"                                     \
  "for(const [n,v] of locals(e))add(n,v,JSON.stringify(b.get(n))===JSON.stringify(v)?'':'new',n);}\n"                  \
  "function change(n){let e=shown;let c=E[e][5];while(c>=0&&C[c][1]!==n)c=C[c][0];if(c<0)return;"                      \
  "let p=e;while(E[p][9]>=0&&has(E[E[p][9]][5],c))p=E[p][9];show(E[p][9]>=0?E[p][9]:p);}\n"                            \
  "function has(from,c){while(from>c)from=C[from][0];return from===c;}\n"                                              \
  "function show(e){at=Math.max(D.first,Math.min(E.length-1,e));$('slider').value=at;const v=E[at];"                   \
  "$('what').textContent=(at-D.first+1)+' / '+(E.length-D.first)+' \\u00b7 '+(v[8]/1e6).toFixed(6)+' s \\u00b7 '+"     \
  "D.threads[v[1]]+' \\u00b7 '+D.words[KINDS[v[0]]]+' \\u00b7 '+D.codes[v[2]][0]+':'+v[6]+' '+D.codes[v[2]][1];"       \
  "const s=$('stack');s.textContent='';for(const x of stack(at)){const l=el('li',D.codes[E[x][2]][1]+'  '+"            \
  "D.codes[E[x][2]][0].split('/').pop()+':'+E[x][6],x===at?'on':'');"                                                  \
  "l.onclick=()=>{for(const o of s.children)o.className='';l.className='on';frame(x);};s.append(l);}frame(at);}\n"     \
  "function find(d,good){for(let e=at+d;e>=D.first&&e<E.length;e+=d)if(good(E[e],e))return show(e);}\n"                \
  "const same=v=>v[1]===E[at][1];\n"                                                                                   \
  "const moves=[['back','ArrowLeft',()=>find(-1,same)],['step','ArrowRight',()=>find(1,same)],"                        \
  "['over-back','ArrowUp',()=>find(-1,v=>same(v)&&v[7]<=E[at][7])],"                                                   \
  "['over','ArrowDown',()=>find(1,v=>same(v)&&v[7]<=E[at][7])],['out','o',()=>find(1,v=>same(v)&&v[7]<E[at][7])],"     \
  "['exception-next','e',()=>find(1,v=>v[0]===3)]];\n"                                                                 \
  "for(const [w,k,f] of moves){const b=el('button',D.words[w]);b.title=k;b.onclick=f;$('buttons').append(b,' ');}\n"   \
  "document.onkeydown=k=>{const m=moves.find(x=>x[1]===k.key);if(m){k.preventDefault();m[2]();}};\n"                   \
  "$('slider').min=D.first;$('slider').max=E.length-1;$('slider').oninput=()=>show(+$('slider').value);"               \
  "$('hint').textContent=D.words.changed;if(E.length)show(D.first);\n"                                                 \
  "</script></body></html>\n"
